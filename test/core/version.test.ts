import { expect } from "chai"
import { readFileSync } from "node:fs"
import { packageVersion, version } from "../../src/core/version.js"

describe("versions", () => {
  it("match package.json", () => {
    const file = readFileSync(new URL("../../package.json", import.meta.url), "utf8")
    expect(packageVersion).to.equal((JSON.parse(file) as { version: string }).version)
  })

  it("match the libzmq that zeromq.js 6 is built with", () => {
    expect(version).to.match(/^4\.3\.\d+$/)
  })
})
