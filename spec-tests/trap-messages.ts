/**
 * Trap messages of the engines, by official message. Stackyard's own traps carry the official text; a module that needs no
 * lowering runs on the host as it is, and traps with the host's words.
 */

/** Official text, then patterns of V8, JavaScriptCore and SpiderMonkey. */
const HOST_MESSAGES: Readonly<Record<string, RegExp>> = Object.freeze({
  unreachable: /^(unreachable|Unreachable code should not be executed|unreachable executed)/,
  "out of bounds memory access": /^(memory access out of bounds|Out of bounds memory access|index out of bounds)/,
});

/** Whether a trap with `message` is the one that a script calls `official`: the same text, or the host's words for it. */
export function isTrapMessage(official: string, message: string): boolean {
  return message.startsWith(official) || (HOST_MESSAGES[official]?.test(message) ?? false);
}
