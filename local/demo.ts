/** The command behind `npm run demo`: sends one request through the whole system. Exits with 0 if nothing differs. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findDifferences, formatExchange, sendSample } from "./sample-request.ts";
import { startSystem } from "./system.ts";

async function main(): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), "fieldseal-"));
  try {
    const system = await startSystem({ cloudfront: 0, origin: 0, kms: 0, lambda: 0 }, dataDir);
    try {
      const exchange = await sendSample(system);
      const differences = findDifferences(exchange);
      console.log(`\n${formatExchange(exchange)}\n`);
      console.log(
        differences.length === 0
          ? "The origin stored no sensitive value, and the reader got everything back."
          : differences.join("\n"),
      );
      return differences.length === 0 ? 0 : 1;
    } finally {
      await system.close();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
