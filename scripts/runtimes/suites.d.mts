/** Returns the paths of tests that no suite contains. */
export function testsWithoutSuite(): string[]
