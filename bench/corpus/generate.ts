/**
 * Writes the corpus for measuring detectors: `positives.json` has published numbers and numbers made by the published
 * rules; `lookalikes.txt` has other texts of their length and alphabet. Every run writes the same files.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeLookalikes } from "./lookalikes.ts";
import { positives } from "./positives.ts";

const folder = import.meta.dirname;
const written = Object.entries(positives).map(([name, { sources, values }]) => {
  const rows = values.map((value) => `      ${JSON.stringify(value)}`).join(",\n");
  return [
    `  ${JSON.stringify(name)}: {`,
    `    "sources": ${JSON.stringify(sources)},`,
    `    "values": [\n${rows}\n    ]`,
    "  }",
  ].join("\n");
});
writeFileSync(join(folder, "positives.json"), `{\n${written.join(",\n")}\n}\n`);
writeFileSync(join(folder, "lookalikes.txt"), `${makeLookalikes().join("\n")}\n`);
