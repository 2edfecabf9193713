/**
 * The command behind `npm run detectors`: prints recall and false positives; `-- --misses` lists the mistakes.
 */
import { measureQuality } from "./detection-quality.ts";

const showMisses = process.argv.includes("--misses");
console.log("detector             positives   recall   look-alikes   false positives per 10,000");
for (const { name, positives, recall, missed, lookalikes, falsePositives, mistaken } of measureQuality()) {
  const cells = [
    name.padEnd(20),
    String(positives).padStart(9),
    recall.toFixed(3).padStart(8),
    String(lookalikes).padStart(13),
    falsePositives.toFixed(1).padStart(28),
  ];
  console.log(cells.join(" "));
  if (showMisses)
    for (const text of [...missed.map((value) => `missed ${value}`), ...mistaken.map((value) => `mistaken ${value}`)])
      console.log(`  ${text}`);
}
