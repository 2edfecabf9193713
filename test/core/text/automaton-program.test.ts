import { expect, test } from "@jest/globals";
import type { Step } from "../../../core/text/automaton.ts";
import { type Emit, ProgramWriter } from "../../../core/text/automaton-program.ts";

const limit = new Error("too large");

/** `c0`: consume set 0, `s1,3`: split, `j0`: jump. */
function write(build: (program: ProgramWriter, part: (set: number) => Emit) => void, maxSteps = 100): string {
  const program = new ProgramWriter(maxSteps, () => limit);
  build(program, (set) => () => program.push({ op: "consume", set }));
  return program.steps.map(show).join(" ");
}

function show(step: Step): string {
  if (step.op === "split") return `s${step.first},${step.second}`;
  if (step.op === "jump") return `j${step.to}`;
  return step.op === "consume" ? `c${step.set}` : step.op;
}

const nothing: Emit = () => undefined;

test.each<readonly [string, (program: ProgramWriter, part: (set: number) => Emit) => void, string]>([
  ["one part", (program, part) => program.choice([part(0)]), "c0"],
  ["two parts", (program, part) => program.choice([part(0), part(1)]), "s1,3 c0 j4 c1"],
  ["three parts", (program, part) => program.choice([part(0), part(1), part(2)]), "s1,3 c0 j7 s4,6 c1 j7 c2"],
  ["twice", (program, part) => program.repeat(part(0), 2, 2), "c0 c0"],
  ["perhaps", (program, part) => program.repeat(part(0), 0, 1), "s1,2 c0"],
  ["once to three times", (program, part) => program.repeat(part(0), 1, 3), "c0 s2,5 c0 s4,5 c0"],
  ["any number", (program, part) => program.repeat(part(0), 0, Infinity), "s1,3 c0 j0"],
  ["some", (program, part) => program.repeat(part(0), 1, Infinity), "c0 s2,4 c0 j1"],
  ["never", (program, part) => program.repeat(part(0), 0, 0), ""],
  ["nothing, very often", (program) => program.repeat(nothing, 1e9, Infinity), ""],
])("%s", (_why, build, expected) => expect(write(build)).toBe(expected));

test("refuses what is too large", () => {
  expect(() => write((program, part) => program.repeat(part(0), 5, 5), 4)).toThrow(limit);
  expect(write((program, part) => program.repeat(part(0), 4, 4), 4)).toBe("c0 c0 c0 c0");
});
