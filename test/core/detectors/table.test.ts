/** A detector's name, its file and its export agree: bundles import each by its name. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { detectors } from "../../../core/detectors/table.ts";

const folder = join(import.meta.dirname, "../../../core/detectors");
const names = detectors.map(({ name }) => name);

test("in the order of their names, each once", () => expect(names).toEqual([...new Set(names)].sort()));

test.each(detectors.map((detector) => ({ name: detector.name, detector })))("$name", async ({ name, detector }) => {
  const exported = name.replace(/-(.)/g, (_match, letter: string) => letter.toUpperCase());
  const module: Readonly<Record<string, unknown>> = await import(join(folder, `${name}.ts`));
  expect(module[exported]).toBe(detector);
});

test.each(names)("%s has a table of its own", (name) => {
  expect(readdirSync(import.meta.dirname)).toContain(`${name}.test.ts`);
});
