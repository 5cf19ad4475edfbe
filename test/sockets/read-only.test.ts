import { expect } from "chai"
import { readOnlyErrors } from "../../src/sockets/read-only.js"

describe("readOnlyErrors", () => {
  class Thing {
    #size = 1

    get color(): string {
      return "red"
    }

    get size(): number {
      return this.#size
    }

    set size(size: number) {
      this.#size = size
    }
  }
  readOnlyErrors(Thing, "Thing")

  it("makes assignments to read-only properties throw the error of zeromq.js", () => {
    const thing = new Thing() as { color: string }
    expect(() => {
      thing.color = "blue"
    }).to.throw(TypeError, "Cannot set property color of #<Thing> which has only a getter")
    expect(thing.color).to.equal("red")
  })

  it("does not affect other properties", () => {
    const thing = new Thing()
    thing.size = 2
    expect(thing.size).to.equal(2)
  })
})
