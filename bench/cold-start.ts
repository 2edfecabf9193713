/** Measures the cold start, until the handler can be called, and the sizes of the bundles. */
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { formatLines, formatMs, type Line } from "./report-lines.ts";
import { medianOf } from "./rounds.ts";

const script = "const t=performance.now();require(process.argv[1]);process.stdout.write(String(performance.now()-t))";

/** The report's section on cold starts, for the folder of the bundles and the sample's edge bundle. */
export function benchColdStart(bundles: string, sampleEdge: string): string {
  const lines: Line[] = [];
  for (const part of ["edge", "decryptor"]) {
    const file = part === "edge" ? sampleEdge : join(bundles, part, "index.js");
    const times = Array.from({ length: 9 }, () =>
      Number(spawnSync(process.execPath, ["-e", script, file], { encoding: "utf8" }).stdout),
    );
    const bytes = statSync(file).size;
    const zipped = gzipSync(readFileSync(file)).length;
    lines.push(
      { what: `${part}: loading the bundle in a new process`, value: formatMs(medianOf(times)) },
      {
        what: `${part}: bundle, minified (${(zipped / 1000).toFixed(1)} kB compressed)`,
        value: `${(bytes / 1000).toFixed(1)} kB`,
        ...(part === "edge" ? { target: "< 60 kB", reached: bytes < 60_000 } : {}),
      },
    );
  }
  return formatLines("Cold start", lines);
}
