/** Texts with the length and the alphabet of a positive that are not positives. */

import { withGtin, withLuhn } from "./check-digits.ts";
import { base64, capitals, digits, group, hex, pick, pickText, random, range, two } from "./random.ts";

const makeTime = (): string => `${two(random(24))}:${two(random(60))}:${two(random(60))}`;

const lookalikes: Readonly<Record<string, () => string>> = {
  uuid: () => group(pickText(hex, 32), [8, 4, 4, 4], "-"),
  "epoch milliseconds": () => String(1_500_000_000_000 + random(400_000_000) * 1_000 + random(1_000)),
  "epoch micro- and nanoseconds": () => `1${String(500_000_000 + random(400_000_000))}${digits(pick([6, 9]))}`,
  float: () =>
    pick([
      `${random(1_000)}.${digits(15)}`,
      `0.${digits(16)}`,
      `-${random(90)}.${digits(6)}, ${random(180)}.${digits(6)}`,
      `${digits(1)}.${digits(12)}e-${random(9)}`,
    ]),
  "order id": () =>
    pick([
      `ORD-${digits(8)}`,
      `11${digits(1)}-${digits(7)}-${digits(7)}`,
      `${2_020 + random(7)}${digits(8)}`,
      `INV/${2_020 + random(7)}/${digits(5)}`,
      `PO${digits(10)}`,
      digits(10),
      digits(16),
      `#${digits(6)}`,
      `SO-${digits(4)}-${digits(6)}`,
    ]),
  "EAN-13": () =>
    withGtin(
      pick(["00", "30", "40", "45", "49", "50", "54", "57", "59", "69", "73", "76", "80", "84", "87", "90", "97"]) +
        digits(10),
    ),
  IMEI: () => withLuhn(pick(["35", "35", "86", "01", "99"]) + digits(12)),
  "tracking number": () =>
    pick([
      `1Z${pickText(`${capitals}0123456789`, 6)}${digits(10)}`,
      digits(12),
      `9400${digits(18)}`,
      `JD${digits(18)}`,
      `${pickText(capitals, 2)}${digits(9)}${pickText(capitals, 2)}`,
      `7${digits(11)}`,
      digits(10),
      `96${digits(20)}`,
    ]),
  hash: () => pickText(hex, pick([32, 40, 64, 16, 8])),
  base64: () => `${pickText(base64, pick([22, 24, 38, 43, 64]))}${pick(["", "=", "=="])}`,
  version: () =>
    pick([
      `${random(20)}.${random(40)}.${random(100)}`,
      `v${random(9)}.${random(9)}.${random(9)}-rc.${random(9)}`,
      `${2_020 + random(7)}.${1 + random(12)}.${random(30)}`,
      `${random(20)}.${random(20)}.${random(9_000) + 256}.${random(20)}`,
      `${random(300)}.0.${random(7_000)}.${256 + random(200)}`,
    ]),
  "date and time": () =>
    `${2_015 + random(12)}-${two(1 + random(12))}-${two(1 + random(28))}` +
    pick(["", `T${makeTime()}.${digits(3)}Z`, ` ${makeTime()}`]),
};

const mostLookalikes = 10_000;

/** 10,000 look-alikes, of all kinds in turn. */
export function makeLookalikes(): readonly string[] {
  const kinds = Object.values(lookalikes);
  return range(mostLookalikes).map((index) => kinds[index % kinds.length]?.() ?? "");
}
