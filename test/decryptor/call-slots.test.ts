/** Calls that are under way at the same time. */
import { expect, test } from "@jest/globals";
import { boundTimer, createCallSlots } from "../../decryptor/call-slots.ts";

test("first come, first served, and who waited too long is left out", async () => {
  const slots = createCallSlots(2);
  expect([await slots.take(0), await slots.take(0)]).toEqual([true, true]);
  const served: string[] = [];
  const wait = async (name: string, ms: number): Promise<void> => void served.push(`${name} ${await slots.take(ms)}`);
  const waiting = [wait("a", 60_000), wait("b", 1), wait("c", 60_000)];
  await waiting[1];
  slots.free();
  await waiting[0];
  slots.free();
  await waiting[2];
  expect(served).toEqual(["b false", "a true", "c true"]);
  slots.free();
  expect([await slots.take(0), await slots.take(0)]).toEqual([true, false]);
});

test.each([
  { ms: -1, timer: 0 },
  { ms: 0.2, timer: 1 },
  { ms: Number.POSITIVE_INFINITY, timer: 2_147_483_647 },
])("a timer of $ms is one of $timer", ({ ms, timer }) => {
  expect(boundTimer(ms)).toBe(timer);
});
