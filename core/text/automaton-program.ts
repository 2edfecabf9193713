/** Writes programs for the automaton, with choices and repetitions (K. Thompson, 1968). */
import type { Step } from "./automaton.ts";

/** Adds the steps of a part of an expression to the program. */
export type Emit = () => void;

/** A program as it is written. The parts of a choice or repetition add their own steps. */
export class ProgramWriter {
  readonly steps: Step[] = [];
  readonly #maxSteps: number;
  readonly #refuse: () => Error;

  /** A program of more than `maxSteps` steps throws the error that `refuse` makes. Counted repetitions multiply. */
  constructor(maxSteps: number, refuse: () => Error) {
    this.#maxSteps = maxSteps;
    this.#refuse = refuse;
  }

  /** Adds a step and returns its index. */
  push(step: Step): number {
    if (this.steps.length >= this.#maxSteps) throw this.#refuse();
    return this.steps.push(step) - 1;
  }

  /** Adds a choice between parts. */
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

  /** Adds a part `min` to `max` times; `max` may be infinite. */
  repeat(emit: Emit, min: number, max: number): void {
    for (let count = 0; count < min; count++) {
      const before = this.steps.length;
      emit();
      // A part without steps matches only the empty text, however often.
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

  /** Reserves an index for a later step. */
  #reserve(): number {
    return this.push({ op: "jump", to: 0 });
  }

  /** Makes a reserved step a split: to the step after it, or past the last step so far. */
  #split(place: number): void {
    this.steps[place] = { op: "split", first: place + 1, second: this.steps.length };
  }
}
