import { OFFICIAL_SUITE, testSuite } from "./suite.ts";

testSuite("official stack switching", `${OFFICIAL_SUITE}stack-switching`, ["stackyard", "chaos"]);
