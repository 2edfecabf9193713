/** Copies one object to the reader's destination: restored, or with its tokens moved to another recipient. */
import type { Destination } from "../core/decrypt/reader/destination.ts";
import type { ReadableRecipient, Reader } from "../core/decrypt/reader/reader.ts";
import { type MoveCiphertexts, rememberMoves, rewrapText } from "../core/decrypt/rewrap-text.ts";
import { FieldsealError } from "../core/errors.ts";
import { requireLasting, type Workbench } from "./callers/caller.ts";
import type { Deadline, ObjectAddress, ObjectStore } from "./object-store.ts";
import { type ChangeText, changeObject } from "./object-text.ts";

/** The change to an object: its tokens are opened, or move to another recipient. */
export type ObjectAction = { readonly kind: "restore" } | RewrapAction;

/** Moves the tokens of one recipient to another, whose key has a modulus of `modulusBytes` bytes. */
export interface RewrapAction {
  readonly kind: "rewrap";
  readonly from: ReadableRecipient;
  readonly to: ReadableRecipient;
  readonly modulusBytes: number;
}

/** The tokens of an object, by outcome. */
export interface ObjectCounts {
  opened: number;
  rewrapped: number;
  withheld: number;
  failed: number;
}

/** The tools of a copy. */
export interface CopyPorts {
  readonly workbench: Workbench;
  readonly objects: ObjectStore;
  readonly deadline: Deadline;
}

/**
 * Writes the changed object under the key of the original, and counts its tokens. Rejects with `destination_invalid` if
 * the reader has no destination or the object comes from it, with `out_of_time`, and as `open`, `write` and
 * `changeObject` do.
 */
export async function copyObject(
  address: ObjectAddress,
  action: ObjectAction,
  { workbench, objects, deadline }: CopyPorts,
): Promise<Readonly<ObjectCounts>> {
  const { reader, remainingMs } = workbench;
  const counts: ObjectCounts = { opened: 0, rewrapped: 0, withheld: 0, failed: 0 };
  const destination = requireDestination(reader, address.bucket);
  const changeText =
    action.kind === "rewrap" ? rewrapTexts(action, workbench, counts) : restoreTexts(workbench, counts);
  const change: ChangeText = async (body, contentType) => {
    if (remainingMs() <= 0) throw new FieldsealError("out_of_time");
    return changeText(body, contentType);
  };
  const object = await objects.open(address, deadline);
  try {
    const changed = await changeObject(object, address.key, reader.recipients, change);
    await objects.write(destination, address.key, changed, deadline);
  } finally {
    object.close();
  }
  return counts;
}

/** Aliases and ARNs of access points: any bucket may be behind them. */
const aliasPattern = /-s3alias$|--ol-s3$|\.mrap$|[:/]/;

function requireDestination({ destination }: Reader, source: string): Destination {
  if (destination === undefined || aliasPattern.test(source) || destination.bucket === source.toLowerCase())
    throw new FieldsealError("destination_invalid");
  return destination;
}

function restoreTexts({ restore, reader: { onFailure } }: Workbench, counts: ObjectCounts): ChangeText {
  return async (body, contentType) => {
    const [result] = await restore([{ body, contentType, onFailure }]);
    const { body: restored, opened, withheld, failed } = requireLasting(result);
    counts.opened += opened;
    counts.withheld += withheld.length;
    counts.failed += failed.length;
    return restored;
  };
}

/** The most remembered moves: chunks of an object often share wrapped keys. */
const maxRememberedMoves = 1_000;

function rewrapTexts(
  { from, to, modulusBytes }: RewrapAction,
  { reader, reencrypt, audit }: Workbench,
  counts: ObjectCounts,
): ChangeText {
  const moveAll: MoveCiphertexts = (ciphertexts) =>
    reencrypt(ciphertexts.map((ciphertext) => ({ fromKeyArn: from.keyArn, toKeyArn: to.keyArn, ciphertext })));
  const move = rememberMoves(moveAll, maxRememberedMoves);
  return async (body, contentType) => {
    const text = { body, contentType, onFailure: reader.onFailure };
    const moved = await rewrapText(text, reader, { from, to, modulusBytes, move });
    const rewrapped = moved.direct + moved.sealed;
    counts.rewrapped += rewrapped;
    counts.failed += moved.failed.length;
    const outcomes = [...Array<"rewrapped">(rewrapped).fill("rewrapped"), ...moved.failed.map(({ code }) => code)];
    audit.addOutcomes(outcomes.map((outcome) => ({ recipient: from.id, outcome, fingerprint: "" })));
    return moved.body;
  };
}
