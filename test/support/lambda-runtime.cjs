/**
 * Plays the part of Lambda's runtime in a process of its own: loads the handler that the environment names, and answers
 * events.
 */
const { join } = require("node:path");
const { format } = require("node:util");

// As Lambda does it, so that metric filters for JSON find nothing in such lines.
for (const level of ["debug", "info", "log", "warn", "error"]) {
  console[level] = (...parts) =>
    process.stdout.write(`${new Date().toISOString()}\t\t${level.toUpperCase()}\t${format(...parts)}\n`);
}

const [file, name] = process.env._HANDLER.split(".");
const handler = require(join(process.env.LAMBDA_TASK_ROOT, file))[name];

process.on("message", async ({ id, event }) => {
  const end = Date.now() + 60_000;
  const context = { awsRequestId: `request-${id}`, getRemainingTimeInMillis: () => end - Date.now() };
  try {
    process.send({ id, result: await handler(event, context) });
  } catch (error) {
    process.send({ id, error: { name: String(error?.name), message: String(error?.message) } });
  }
});
