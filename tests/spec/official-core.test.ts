import { OFFICIAL_SUITE, STACKYARD_RUNS, testSuite } from "./suite.ts";

// The host by itself is the measure of what stackyard must pass on it.
testSuite("official core", `${OFFICIAL_SUITE}core`, [["host", 0], ...STACKYARD_RUNS]);
testSuite("official threads", `${OFFICIAL_SUITE}threads`, [["host", 0], ...STACKYARD_RUNS]);
