/**
 * The official suites through decoder, validator and encoder alone: nothing is compiled or run. Every module that the suites
 * call invalid or malformed must be refused with their message, every other one accepted, and so must what the encoder
 * makes of it.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parseScript } from "../../spec-tests/parser.ts";
import type { Command, ModuleSource } from "../../spec-tests/script.ts";
import { decodeModule } from "../../wasm/decode.ts";
import { encodeModule } from "../../wasm/encode.ts";
import { DecodeError, ValidationError } from "../../wasm/errors.ts";
import type { ValidationFeatures } from "../../wasm/features.ts";
import { parseText, TextError } from "../../wasm/text.ts";
import { validateModule } from "../../wasm/validate.ts";

const ROOT = join(import.meta.dirname, "../../../shared/testsuite");

interface Suite {
  readonly name: string;
  /** Suites assert that what came after them is refused. */
  readonly features: ValidationFeatures;
  /** What the suite holds, so that nothing is passed over in silence. */
  readonly counts: Counts;
}

interface Counts {
  /** Modules that must be accepted. */
  valid: number;
  /** Modules that must be refused, by a ValidationError or a DecodeError. */
  invalid: number;
  malformed: number;
  /** Refused by the text parser before the validator could see them. */
  invalidText: number;
  /** Malformed text: the text format is not the validator's. */
  malformedText: number;
}

const SUITES: readonly Suite[] = [
  {
    name: "core",
    features: { stackSwitching: false },
    counts: { valid: 2502, invalid: 2712, malformed: 711, invalidText: 0, malformedText: 1229 },
  },
  {
    name: "threads",
    features: { multiMemory: false, multiTable: false },
    counts: { valid: 173, invalid: 96, malformed: 0, invalidText: 0, malformedText: 22 },
  },
  {
    name: "stack-switching",
    features: {},
    counts: { valid: 47, invalid: 65, malformed: 0, invalidText: 0, malformedText: 0 },
  },
];

async function binaryOf(source: ModuleSource): Promise<Uint8Array> {
  if (source.form === "binary") return source.bytes;
  if (source.form === "text") return parseText(source.text);
  return parseText(new TextDecoder().decode(source.bytes));
}

/** The module that a command contains, if any. */
function sourceOf(command: Command): ModuleSource | undefined {
  if ("source" in command) return command.source;
  return "subject" in command && command.subject.kind === "module" ? command.subject.source : undefined;
}

/** The error that decoding and validating `bytes` ends with, or encoding and validating them again. */
function refusal(bytes: Uint8Array, features: ValidationFeatures): Error | undefined {
  try {
    const module = decodeModule(bytes);
    validateModule(module, { features });
    validateModule(decodeModule(encodeModule(module)), { features });
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** What is wrong with `error` as the outcome of a command that expects `message`; undefined if nothing. */
function complaint(command: Command, error: Error | undefined): string | undefined {
  switch (command.kind) {
    case "assert_invalid":
    case "assert_invalid_custom":
    case "assert_malformed":
    case "assert_malformed_custom": {
      const wanted = command.kind.startsWith("assert_invalid") ? ValidationError : DecodeError;
      if (error instanceof wanted && error.message.startsWith(command.message)) return undefined;
      return `expected ${wanted.name}: ${command.message}, got ${error?.stack ?? "no error"}`;
    }
    default:
      return error === undefined ? undefined : `expected no error, got ${error.stack}`;
  }
}

async function runCommand(command: Command, suite: Suite, counts: Counts): Promise<string | undefined> {
  const source = sourceOf(command);
  if (source === undefined) return undefined;
  const isMalformed = command.kind.startsWith("assert_malformed");
  if (isMalformed && source.form !== "binary") {
    counts.malformedText++;
    return undefined;
  }
  const isInvalid = command.kind.startsWith("assert_invalid");
  let bytes: Uint8Array;
  try {
    bytes = await binaryOf(source);
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    if (!isInvalid) return `expected text that parses, got ${error.message}`;
    counts.invalidText++;
    return undefined;
  }
  counts[isInvalid ? "invalid" : isMalformed ? "malformed" : "valid"]++;
  return complaint(command, refusal(bytes, suite.features));
}

/** Complaints about the commands of a script, those of its threads included. */
async function runScript(commands: readonly Command[], suite: Suite, counts: Counts): Promise<string[]> {
  const complaints: string[] = [];
  for (const command of commands) {
    if (command.kind === "thread") {
      complaints.push(...(await runScript(parseScript(command.script, command.line), suite, counts)));
      continue;
    }
    const found = await runCommand(command, suite, counts);
    if (found !== undefined) complaints.push(`line ${command.line}: ${found}`);
  }
  return complaints;
}

const NONE: Counts = { valid: 0, invalid: 0, malformed: 0, invalidText: 0, malformedText: 0 };

const present = existsSync(ROOT);
const run = present ? test : test.skip;
const reason = present ? "" : ` (skipped: ${ROOT} does not exist)`;

describe("official suites, validator alone", () => {
  for (const suite of SUITES) {
    run(
      `${suite.name}${reason}`,
      async () => {
        const counts = { ...NONE };
        const complaints: string[] = [];
        for (const file of readdirSync(join(ROOT, suite.name)).sort()) {
          const script = parseScript(readFileSync(join(ROOT, suite.name, file), "utf8"));
          for (const found of await runScript(script, suite, counts)) complaints.push(`${file}, ${found}`);
        }
        expect(complaints).toEqual([]);
        expect(counts).toEqual(suite.counts);
      },
      120_000,
    );
  }
});
