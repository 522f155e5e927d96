import type { Config } from "jest";

const shared = {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": ["@swc/jest", { jsc: { target: "es2024", parser: { syntax: "typescript" } } }] },
  modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/.engines/", "<rootDir>/.packages/"],
} satisfies Config;

/** Two projects: `unit` tests each layer by itself, `spec` runs the .wast suites. */
const config: Config = {
  projects: [
    {
      ...shared,
      displayName: "unit",
      testMatch: ["<rootDir>/tests/**/*.test.ts"],
      testPathIgnorePatterns: ["<rootDir>/tests/spec/"],
    },
    { ...shared, displayName: "spec", testMatch: ["<rootDir>/tests/spec/**/*.test.ts"] },
  ],
};

export default config;
