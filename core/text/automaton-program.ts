/** Writes the steps of a program for the automaton: choices and repetitions (K. Thompson, 1968). */
import type { Step } from "./automaton.ts";

/** Adds the steps of a part of an expression to the program. */
export type Emit = () => void;

/** A program as it is written. The parts of a choice or repetition add their own steps. */
export class ProgramWriter {
  readonly steps: Step[] = [];
  readonly #maxSteps: number;
  readonly #refuse: () => Error;

  /** Throws what `refuse` gives for a program of more than `maxSteps`: counted repetitions multiply. */
  constructor(maxSteps: number, refuse: () => Error) {
    this.#maxSteps = maxSteps;
    this.#refuse = refuse;
  }

  /** Adds one step, and gives its place. */
  push(step: Step): number {
    if (this.steps.length >= this.#maxSteps) throw this.#refuse();
    return this.steps.push(step) - 1;
  }

  /** One of the parts. */
  choice(parts: readonly Emit[]): void {
    const jumps: number[] = [];
    parts.forEach((emit, index) => {
      if (index === parts.length - 1) {
        emit();
        return;
      }
      const split = this.#reserve();
      emit();
      jumps.push(this.#reserve());
      this.#split(split);
    });
    for (const jump of jumps) this.steps[jump] = { op: "jump", to: this.steps.length };
  }

  /** The part from `min` to `max` times; `max` may be infinite. */
  repeat(emit: Emit, min: number, max: number): void {
    for (let count = 0; count < min; count++) {
      const before = this.steps.length;
      emit();
      // What adds nothing matches only the empty text, however often.
      if (this.steps.length === before) return;
    }
    if (max === Infinity) {
      const split = this.#reserve();
      emit();
      this.push({ op: "jump", to: split });
      this.#split(split);
      return;
    }
    const splits: number[] = [];
    for (let count = min; count < max; count++) {
      splits.push(this.#reserve());
      emit();
    }
    for (const split of splits) this.#split(split);
  }

  /** A place whose step is known later. */
  #reserve(): number {
    return this.push({ op: "jump", to: 0 });
  }

  /** Goes on at the next step, or past all that are written so far. */
  #split(place: number): void {
    this.steps[place] = { op: "split", first: place + 1, second: this.steps.length };
  }
}
