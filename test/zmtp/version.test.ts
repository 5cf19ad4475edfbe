import { expect } from "chai"
import { negotiatesMechanism, type Version } from "../../src/zmtp/version.js"

describe("negotiatesMechanism", () => {
  const versions: Record<Version, boolean> = {
    unversioned: false,
    "1.0": false,
    "2.0": false,
    "3.0": true,
    "3.1": true,
  }

  for (const [version, expected] of Object.entries(versions)) {
    it(`returns ${expected} for ${version}`, () => {
      expect(negotiatesMechanism(version as Version)).to.equal(expected)
    })
  }

  it("returns false as long as the version is unknown", () => {
    expect(negotiatesMechanism(undefined)).to.equal(false)
  })
})
