// Jest runs CommonJS: this turns one module into it, with the line numbers kept.
const { createHash } = require("node:crypto");
const { transformSync, version } = require("esbuild");

module.exports = {
  process(source, file) {
    const { code, map } = transformSync(source, {
      loader: file.endsWith(".ts") ? "ts" : "js",
      format: "cjs",
      target: "node24",
      sourcefile: file,
      sourcemap: "both",
      define: { "import.meta.dirname": "__dirname", "import.meta.filename": "__filename", "import.meta.main": "false" },
    });
    return { code, map };
  },
  getCacheKey: (source, file) => createHash("sha256").update(version).update(file).update(source).digest("hex"),
};
