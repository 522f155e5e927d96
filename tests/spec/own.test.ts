import { OWN_SUITE, testSuite } from "./suite.ts";

testSuite("own suite", OWN_SUITE, ["stackyard", "chaos"]);
