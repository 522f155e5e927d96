import { OFFICIAL_SUITE, testSuite } from "./suite.ts";

testSuite("official core", `${OFFICIAL_SUITE}core`, ["host", "stackyard", "chaos"]);
testSuite("official threads", `${OFFICIAL_SUITE}threads`, ["host", "stackyard", "chaos"]);
