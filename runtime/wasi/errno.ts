/** Error codes of WASI preview 1 (witx "errno"), and errors that carry one. */

/** All of them; the code is the index. */
const NAMES = [
  ...["success", "2big", "acces", "addrinuse", "addrnotavail", "afnosupport", "again", "already", "badf", "badmsg"],
  ...["busy", "canceled", "child", "connaborted", "connrefused", "connreset", "deadlk", "destaddrreq", "dom", "dquot"],
  ...["exist", "fault", "fbig", "hostunreach", "idrm", "ilseq", "inprogress", "intr", "inval", "io", "isconn", "isdir"],
  ...["loop", "mfile", "mlink", "msgsize", "multihop", "nametoolong", "netdown", "netreset", "netunreach", "nfile"],
  ...["nobufs", "nodev", "noent", "noexec", "nolck", "nolink", "nomem", "nomsg", "noprotoopt", "nospc", "nosys"],
  ...["notconn", "notdir", "notempty", "notrecoverable", "notsock", "notsup", "notty", "nxio", "overflow", "ownerdead"],
  ...["perm", "pipe", "proto", "protonosupport", "prototype", "range", "rofs", "spipe", "srch", "stale", "timedout"],
  ...["txtbsy", "xdev", "notcapable"],
] as const;

export type ErrnoName = (typeof NAMES)[number];

/** Code of each name. */
export const ERRNO: Readonly<Record<ErrnoName, number>> = Object.freeze(
  Object.fromEntries(NAMES.map((name, code) => [name, code])) as Record<ErrnoName, number>,
);

/** What a file system or a stream throws; the guest sees the code. */
export class WasiError extends Error {
  override readonly name = "WasiError";
  readonly errno: ErrnoName;

  constructor(errno: ErrnoName, options?: ErrorOptions) {
    super(errno, options);
    this.errno = errno;
  }
}

/** The code for what a WASI function threw, or undefined if it is none of the guest's business. */
export function errnoOf(error: unknown): number | undefined {
  if (error instanceof WasiError) return ERRNO[error.errno];
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" ? ERRNO[nameOfSystemCode(code) ?? "io"] : undefined;
}

/** From the codes of node:fs, such as "ENOENT". */
function nameOfSystemCode(code: string): ErrnoName | undefined {
  if (code === "EWOULDBLOCK") return "again";
  if (code === "EOPNOTSUPP") return "notsup";
  if (code === "ERR_INVALID_ARG_VALUE" || code === "ERR_OUT_OF_RANGE") return "inval";
  const name = code.replace(/^E/, "").toLowerCase();
  return Object.hasOwn(ERRNO, name) ? (name as ErrnoName) : undefined;
}
