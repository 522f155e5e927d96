import { OFFICIAL_SUITE, STACKYARD_RUNS, testSuite } from "./suite.ts";

testSuite("official stack switching", `${OFFICIAL_SUITE}stack-switching`, STACKYARD_RUNS);
