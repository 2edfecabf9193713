/** Makes a program of a policy's regular expression: for builds only. */
import { type AST, RegExpParser } from "@eslint-community/regexpp";
import { longestMatch, type PatternProgram, type PatternStep } from "../detectors/pattern.ts";
import { FieldsealError } from "../errors.ts";

/** A program larger than this is not made: counted repetitions multiply. */
const mostSteps = 2_000;

type SetNode = AST.Character | AST.CharacterClass | AST.CharacterSet;

/**
 * The program of a regular expression in JavaScript's syntax with the flag `u`. Throws `policy_invalid` for what is
 * none, for what has no linear program (backreferences, lookaround over more than one character), and for what matches
 * nothing or the empty text.
 */
export function compilePattern(source: string, ignoreCase: boolean): PatternProgram {
  const tree = parsePattern(source);
  const sets: string[] = [];
  const steps: PatternStep[] = [];
  const push = (step: PatternStep): number => {
    if (steps.length >= mostSteps) throw refuse("is too large: counted repetitions multiply.");
    return steps.push(step) - 1;
  };
  const setOf = ({ raw }: SetNode): number => {
    const known = sets.indexOf(raw);
    return known >= 0 ? known : sets.push(raw) - 1;
  };

  const emitChoice = (alternatives: readonly AST.Alternative[]): void => {
    const jumps: number[] = [];
    alternatives.forEach(({ elements }, index) => {
      const split = index < alternatives.length - 1 ? push({ op: "jump", to: 0 }) : undefined;
      for (const element of elements) emit(element);
      if (split === undefined) return;
      jumps.push(push({ op: "jump", to: 0 }));
      steps[split] = { op: "split", first: split + 1, second: steps.length };
    });
    for (const jump of jumps) steps[jump] = { op: "jump", to: steps.length };
  };

  const emitRepeat = ({ element, min, max }: AST.Quantifier): void => {
    for (let count = 0; count < min; count++) emit(element);
    if (max === Infinity) {
      const split = push({ op: "jump", to: 0 });
      emit(element);
      push({ op: "jump", to: split });
      steps[split] = { op: "split", first: split + 1, second: steps.length };
      return;
    }
    const splits: number[] = [];
    for (let count = min; count < max; count++) {
      splits.push(push({ op: "jump", to: 0 }));
      emit(element);
    }
    for (const split of splits) steps[split] = { op: "split", first: split + 1, second: steps.length };
  };

  const emitLook = ({ kind, negate, alternatives }: AST.LookaroundAssertion): void => {
    const looks = alternatives.map(({ elements: [only, ...others] }): PatternStep => {
      if (others.length > 0 || only === undefined || !isSet(only))
        throw refuse("has a lookaround over more or less than one character.");
      return { op: "look", behind: kind === "lookbehind", set: setOf(only), negated: negate };
    });
    if (negate || looks.length === 1) for (const look of looks) push(look);
    else throw refuse("has a lookaround with alternatives: write them as one class.");
  };

  const emit = (element: AST.Element): void => {
    switch (element.type) {
      case "Character":
      case "CharacterClass":
      case "CharacterSet":
        push({ op: "consume", set: setOf(element) });
        return;
      case "Group":
      case "CapturingGroup":
        emitChoice(element.alternatives);
        return;
      case "Quantifier":
        emitRepeat(element);
        return;
      case "Assertion":
        if (element.kind === "lookahead" || element.kind === "lookbehind") emitLook(element);
        else if (element.kind === "word") push({ op: "boundary", negated: element.negate });
        else push({ op: element.kind });
        return;
      case "Backreference":
      case "ExpressionCharacterClass":
        throw refuse(`has ${JSON.stringify(element.raw)}, which cannot be matched in linear time.`);
    }
  };

  if (shortestOf(tree.alternatives) === 0) throw refuse("matches the empty text.");
  if (shortestOf(tree.alternatives) > longestMatch)
    throw refuse(`matches nothing of up to ${longestMatch} characters.`);
  emitChoice(tree.alternatives);
  push({ op: "accept" });
  return { steps, sets, ignoreCase };
}

function parsePattern(source: string): AST.Pattern {
  try {
    return new RegExpParser({ ecmaVersion: 2025 }).parsePattern(source, 0, source.length, { unicode: true });
  } catch (error) {
    const { message, index } = error as { readonly message: string; readonly index?: number };
    throw refuse(
      `is no regular expression: ${message.replace(/^Invalid regular expression: .*\/[a-z]*: /, "")}${index === undefined ? "" : ` at character ${index + 1}`}.`,
    );
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
