// Lists of installed packages beside each other.

export interface PackageRow {
  name: string;
  /** Of each run; null where it was not installed. */
  versions: (string | null)[];
  differs: boolean;
}

/** Rows of all packages, sorted by name; a list holds "name==version". A run without a list says nothing. */
export function comparePackages(lists: readonly (readonly string[])[]): PackageRow[] {
  const maps = lists.map((list) => new Map(list.map((line) => line.split("==", 2) as [string, string])));
  const names = new Set(maps.flatMap((map) => [...map.keys()]));
  return [...names].sort().map((name) => {
    const versions = maps.map((map) => map.get(name) ?? null);
    const said = versions.filter((_, i) => (maps[i] as Map<string, string>).size > 0);
    return { name, versions, differs: said.some((version) => version !== said[0]) };
  });
}

export function shortCommit(commit: string): string {
  return commit.slice(0, 10);
}
