/** What `cdk` runs. */
import { App } from "aws-cdk-lib";
import { synthesise } from "./app.ts";

// By default, a refused app would still be synthesised when the process ends.
process.exitCode = await synthesise(new App({ autoSynth: false }));
