// The sort of the runs: several columns, the first of them first. Pure.

export type Sort = [field: string, descending: boolean][];

/** What a click on a heading does: ascending, descending, not at all; `add` keeps the other columns. */
export function cycled(sort: Sort, field: string, add: boolean): Sort {
  const now = sort.find(([sorted]) => sorted === field);
  if (!add) return !now ? [[field, false]] : now[1] ? [] : [[field, true]];
  if (!now) return [...sort, [field, false]];
  if (now[1]) return sort.filter(([sorted]) => sorted !== field);
  return sort.map(([sorted, descending]) => [sorted, sorted === field ? true : descending]);
}

/** Sorted by this column so; `add` keeps the other columns. */
export function sortedBy(sort: Sort, field: string, descending: boolean, add: boolean): Sort {
  if (!add) return [[field, descending]];
  if (!sort.some(([sorted]) => sorted === field)) return [...sort, [field, descending]];
  return sort.map(([sorted, before]) => [sorted, sorted === field ? descending : before]);
}
