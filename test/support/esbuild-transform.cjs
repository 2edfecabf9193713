// Jest runs CommonJS: this turns one module into it, with the line numbers kept.
const { createHash } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { transformSync, version } = require("esbuild");

const own = readFileSync(__filename);

module.exports = {
  process(source, file) {
    const { code, map } = transformSync(source, {
      loader: file.endsWith(".ts") ? "ts" : "js",
      format: "cjs",
      // Jest loads modules of its own kind only.
      supported: { "dynamic-import": false },
      target: "node24",
      sourcefile: file,
      sourcemap: "both",
      define: { "import.meta.dirname": "__dirname", "import.meta.filename": "__filename", "import.meta.main": "false" },
    });
    return { code, map };
  },
  getCacheKey: (source, file) =>
    createHash("sha256").update(version).update(own).update(file).update(source).digest("hex"),
};
