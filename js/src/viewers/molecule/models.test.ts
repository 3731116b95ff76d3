// @vitest-environment node

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { Models } from "./models";

function file(name: string): string {
  return readFileSync(resolve(import.meta.dirname, "../../../../tests/data/molecules", name), "utf8");
}

function lines(text: string, begin: RegExp): string[] {
  return text.split("\n").filter((line) => begin.test(line));
}

describe("models", () => {
  it.each([
    ["pdb", file("ensemble.pdb")],
    ["pqr", file("ensemble.pqr")],
    ["cif", file("ensemble.mmcif")],
  ])("of an ensemble are found in %s, each with its own atoms", (format, text) => {
    const models = new Models(text, format);
    expect(models.count).toBe(5);
    const atoms = [0, 1, 4].map((at) => lines(models.text(at), /^(ATOM|HETATM)/));
    for (const one of atoms) expect(one).toHaveLength(lines(text, /^(ATOM|HETATM)/).length / 5);
    expect(new Set(atoms.flat()).size).toBe(atoms.flat().length);
  });

  it("keep what a PDB file says of all of them", () => {
    const text = [
      "HELIX    1",
      "MODEL 1",
      "ATOM a",
      "ENDMDL",
      "MODEL 2",
      "ATOM b",
      "ENDMDL",
      "CONECT 1 2",
      "END",
      "",
    ];
    const models = new Models(text.join("\n"), "pdb");
    expect(models.count).toBe(2);
    expect(models.text(1).split("\n")).toEqual(["HELIX    1", "MODEL 2", "ATOM b", "CONECT 1 2"]);
  });

  it("are frames that END alone parts, and lines that end with CR", () => {
    const models = new Models("CRYST1 a\r\nATOM a\r\nEND\r\nCRYST1 b\r\nATOM b\r\nEND\r\n", "pdb");
    expect([0, 1].map((at) => models.text(at).trim())).toEqual(["CRYST1 a\r\nATOM a", "CRYST1 b\r\nATOM b"]);
  });

  it("have the names that their records have", () => {
    const sdf = new Models(file("ligands.sdf"), "sdf");
    expect([0, 1, 2].map((at) => sdf.title(at))).toEqual(["aspirin", "caffeine", "ethanol"]);
    expect(sdf.text(2)).toMatch(/> <score>\n-2/);
    const mol2 = new Models(file("ligands.mol2"), "mol2");
    expect([0, 1].map((at) => mol2.title(at))).toEqual(["caffeine", "ethanol"]);
    const gro = new Models(file("water-steps.gro"), "gro");
    expect([0, 1, 2].map((at) => gro.title(at).slice(-6))).toEqual(["t= 0.0", "t= 1.0", "t= 2.0"]);
  });

  it("of one file alone are the file", () => {
    expect(new Models(file("salt.cif"), "cif").text(0)).toBe(file("salt.cif"));
    expect(new Models("", "pdb").count).toBe(1);
    expect(new Models("$$$$\n", "sdf").count).toBe(1);
  });

  it("in data blocks and in broken rows of a CIF are found", () => {
    const head = "loop_\n_atom_site.id\n_atom_site.label_atom_id\n_atom_site.pdbx_PDB_model_num\n";
    const text = `data_a\n_cell.x 1\ndata_b\n${head}1 "O5'" 1\n2 C\n 2\n3 N 1\n#\n_after.x 2\ndata_c\n${head}1 C 7\n`;
    const models = new Models(text, "cif");
    expect(models.count).toBe(3);
    expect(models.text(0)).toBe(`\ndata_b\n${head}1 "O5'" 1\n3 N 1\n#\n_after.x 2`);
    expect(models.text(1)).toContain("\n2 C\n 2\n#");
  });
});
