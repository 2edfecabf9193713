/** The command behind `npm run bench`: measures ratios side by side in one run, and prints the targets of SPEED.md. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildBundles } from "../infra/bundle.ts";
import { benchCallers } from "./callers.ts";
import { benchColdStart } from "./cold-start.ts";
import { benchDecryptor } from "./decryptor.ts";
import { benchDetection } from "./detection.ts";
import { benchEdge } from "./edge.ts";
import { buildEdge, makeKey } from "./edge-bundle.ts";
import { benchFormats } from "./formats.ts";
import { startKmsProcess } from "./kms-process.ts";
import { benchLargeBodies } from "./large-bodies.ts";
import { benchOthers } from "./others.ts";

const folder = mkdtempSync(join(tmpdir(), "fieldseal-bench-"));
const key = makeKey();
const kms = await startKmsProcess(key.privateKeyPem, 8);
// The bundles write a log line for each request. That takes a part of their time, but does not belong in this report.
const write = process.stdout.write.bind(process.stdout);
const report = (text: string): void => void write(`${text}\n`);
process.stdout.write = () => true;
try {
  const { keyArn } = kms;
  const direct = await buildEdge(join(folder, "direct"), { key, keyArn, token: "direct" });
  const sealed = await buildEdge(join(folder, "sealed"), { key, keyArn, token: "sealed" });
  await buildBundles({
    policyFile: resolve(import.meta.dirname, "../policy/sample.json"),
    outDir: join(folder, "sample"),
  });
  const handlers = { key, direct: direct.handler, sealed: sealed.handler };
  report(`node ${process.version}, ${process.arch}; medians of interleaved rounds\n`);
  report(await benchEdge(handlers));
  report(await benchLargeBodies(handlers));
  report(await benchFormats(key, keyArn));
  report(await benchDetection());
  report(await benchOthers(handlers));
  report(await benchDecryptor({ kms, ...handlers }));
  report(await benchCallers(kms, key.publicKeyPem));
  report(benchColdStart(join(folder, "direct"), join(folder, "sample", "edge", "index.js")));
} finally {
  kms.stop();
  rmSync(folder, { recursive: true, force: true });
}
