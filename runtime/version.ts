/** Version of the package: part of what serialized modules are checked for. */
export const VERSION = "0.1.0";
