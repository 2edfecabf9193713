/** A decryptor for the tests of one caller, with tokens for it and faults that end with each test. */
import { afterAll, beforeAll, beforeEach } from "@jest/globals";
import type { InvocationContext } from "../../decryptor/handler.ts";
import { type Decryptor, makeDirect, type Outcome, openDecryptor } from "./decryptor.ts";

export const secret = "canary-4111";

export interface CallerTests {
  readonly decryptor: Decryptor;
  /** A direct token of the first recipient. */
  readonly token: (text?: string) => string;
  /** A call's result and audit line, or the name of its error. */
  readonly call: (event: unknown, settings?: object, context?: InvocationContext) => Promise<Outcome>;
  /** A call as Lambda makes it: gives the answer, or rejects. */
  readonly handle: (event: unknown, context?: InvocationContext) => Promise<unknown>;
  /** KMS throttles every call until the end of the test. */
  readonly throttle: () => void;
}

/** Opens the decryptor before the tests of a file and closes it after them. */
export function openCaller(): CallerTests {
  let decryptor: Decryptor;
  beforeAll(async () => {
    decryptor = await openDecryptor();
  });
  beforeEach(() => {
    decryptor.calls.length = 0;
    decryptor.intercept = async () => undefined;
  });
  afterAll(() => decryptor.close());
  return {
    get decryptor() {
      return decryptor;
    },
    token: (text = secret) => makeDirect(decryptor.recipients[0], text),
    call: (event, settings, context) => decryptor.call(event, settings, context),
    handle: (event, context) => decryptor.handle(event, context),
    throttle: () => {
      decryptor.intercept = async () => ({ kind: "error", name: "ThrottlingException" });
    },
  };
}
