import { expect } from "chai"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { ignoringOwner } from "../../../src/transports/stream/ignoring-owner.js"

const transports = new URL("../../../src/transports/", import.meta.url).pathname

describe("the owner of a stream that is ending", () => {
  it("ignores all events except the end", () => {
    const errors: (Error | undefined)[] = []
    const owner = ignoringOwner((error) => errors.push(error))
    owner.data(Buffer.from("x"))
    owner.pingAnswered()
    owner.drained()
    expect([owner.requestRoom(), errors.length]).to.deep.equal([undefined, 0])
    const lost = new Error("lost")
    owner.closed(lost)
    expect(errors).to.deep.equal([lost])
  })

  it("is the same for all streams", () => {
    const others = readdirSync(transports, { recursive: true, encoding: "utf8" }).filter(
      (file) =>
        file.endsWith(".ts") && readFileSync(join(transports, file), "utf8").includes("drained: () => undefined"),
    )
    expect(others).to.deep.equal(["stream/ignoring-owner.ts"])
  })
})
