/** The worker in which a thread of a script runs (see threads.ts). */
import { parentPort, workerData } from "node:worker_threads";
import { createNamespace } from "./engine.ts";
import { parseScript } from "./parser.ts";
import { type CommandResult, ScriptRunner } from "./script-runner.ts";
import { type ThreadData, threadStarter } from "./threads.ts";

const { backend, seed, script, line, shared } = workerData as ThreadData;
const runner = await ScriptRunner.create(await createNamespace(backend, seed), {
  officialMessages: backend !== "host",
  startThread: threadStarter(backend, seed),
});
for (const { id, memories } of shared) runner.adopt(id, memories);
const results: CommandResult[] = [];
for (const command of parseScript(script, line)) results.push(await runner.run(command));
await runner.close();
parentPort?.postMessage(results);
