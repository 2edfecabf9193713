// Mutation tests with StrykerJS. scripts/mutants.ts names the source files in MUTANTS: each is mutated, and the test
// file of its name has to notice.
import { readFileSync } from "node:fs";

const files = (process.env.MUTANTS ?? "").split(",").filter((file) => file !== "");
const { jest } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

export default {
  mutate: files,
  testRunner: "jest",
  plugins: ["@stryker-mutator/jest-runner"],
  jest: {
    projectType: "custom",
    config: { ...jest, testMatch: files.map((file) => `<rootDir>/test/${file.replace(/\.ts$/, ".test.ts")}`) },
    enableFindRelatedTests: false,
  },
  coverageAnalysis: "perTest",
  concurrency: 2,
  timeoutMS: 20_000,
  // With a name that exists, Stryker asks TypeScript's JavaScript API, which version 7 does not have.
  tsconfigFile: "none.json",
  incremental: true,
  incrementalFile: "coverage/mutants-incremental.json",
  reporters: ["clear-text", "json"],
  clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: "coverage/mutants.json" },
  tempDirName: ".stryker",
};
