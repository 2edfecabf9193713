/** Compiles the regular expressions of a policy's patterns. For builds only. */
import { type AST, RegExpParser } from "@eslint-community/regexpp";
import { longestMatch, type PatternProgram } from "../detectors/pattern.ts";
import { FieldsealError } from "../errors.ts";
import type { Step } from "../text/automaton.ts";
import { ProgramWriter } from "../text/automaton-program.ts";

/** The most steps of a program. Counted repetitions multiply. */
const maxSteps = 2_000;

type SetNode = AST.Character | AST.CharacterClass | AST.CharacterSet;

/**
 * Compiles a regular expression in JavaScript's syntax with the flag `u`. Throws `policy_invalid` if it is malformed,
 * if it cannot run in linear time (backreferences, lookaround over more than one character), or if it matches nothing
 * or the empty text.
 */
export function compilePattern(source: string, ignoreCase: boolean): PatternProgram {
  const tree = parsePattern(source);
  const sets: string[] = [];
  const program = new ProgramWriter(maxSteps, () =>
    refuse("is too large. Use smaller counted repetitions: they multiply."),
  );
  const setOf = (raw: string): number => {
    const known = sets.indexOf(raw);
    return known >= 0 ? known : sets.push(raw) - 1;
  };

  const emitChoice = (alternatives: readonly AST.Alternative[]): void =>
    program.choice(
      alternatives.map(({ elements }) => () => {
        for (const element of elements) emit(element);
      }),
    );

  const emitLook = ({ kind, negate, alternatives }: AST.LookaroundAssertion): void => {
    const looks = alternatives.map(({ elements: [only, ...others] }): Step => {
      if (others.length > 0 || only === undefined || !isSet(only))
        throw refuse("has a lookaround over more or less than one character. Only one character is possible.");
      return { op: "look", behind: kind === "lookbehind", set: setOf(only.raw), negated: negate };
    });
    if (negate || looks.length === 1) for (const look of looks) program.push(look);
    else throw refuse("has a lookaround with alternatives. Write them as one class, such as [ab].");
  };

  const emit = (element: AST.Element): void => {
    switch (element.type) {
      case "Character":
      case "CharacterClass":
      case "CharacterSet":
        program.push({ op: "consume", set: setOf(element.raw) });
        return;
      case "Group":
      case "CapturingGroup":
        emitChoice(element.alternatives);
        return;
      case "Quantifier":
        program.repeat(() => emit(element.element), element.min, element.max);
        return;
      case "Assertion":
        if (element.kind === "lookahead" || element.kind === "lookbehind") emitLook(element);
        else if (element.kind === "word") program.push({ op: "boundary", set: setOf("\\w"), negated: element.negate });
        else program.push({ op: element.kind });
        return;
      case "Backreference":
      case "ExpressionCharacterClass":
        throw refuse(`has ${JSON.stringify(element.raw)}, which cannot run in linear time. Remove it.`);
    }
  };

  if (shortestOf(tree.alternatives) === 0)
    throw refuse("matches the empty text. It must match at least one character.");
  if (shortestOf(tree.alternatives) > longestMatch)
    throw refuse(`matches only texts of more than ${longestMatch} characters, and detectors find none that long.`);
  emitChoice(tree.alternatives);
  program.push({ op: "accept" });
  return { steps: program.steps, sets, ignoreCase };
}

function parsePattern(source: string): AST.Pattern {
  try {
    return new RegExpParser({ ecmaVersion: 2025 }).parsePattern(source, 0, source.length, { unicode: true });
  } catch (error) {
    const { message, index } = error as { readonly message: string; readonly index?: number };
    throw refuse(`is malformed${index === undefined ? "" : ` at character ${index + 1}`}. ${message}.`);
  }
}

function refuse(reason: string): FieldsealError {
  return new FieldsealError("policy_invalid", { reason: `The pattern ${reason}` });
}

function isSet(element: AST.Element): element is SetNode {
  return element.type === "Character" || element.type === "CharacterClass" || element.type === "CharacterSet";
}

function shortestOf(alternatives: readonly AST.Alternative[]): number {
  return Math.min(
    ...alternatives.map(({ elements }) => elements.reduce((sum, element) => sum + shortestOfElement(element), 0)),
  );
}

function shortestOfElement(element: AST.Element): number {
  switch (element.type) {
    case "Group":
    case "CapturingGroup":
      return shortestOf(element.alternatives);
    case "Quantifier":
      return element.min * shortestOfElement(element.element);
    case "Assertion":
    case "Backreference":
      return 0;
    default:
      return 1;
  }
}
