import { expect } from "chai"
import { requireNew } from "../../src/sockets/require-new.js"

describe("requireNew", () => {
  class Base {
    readonly value = 1
  }
  const Wrapped = requireNew(Base)

  it("lets a class be constructed and extended as before", () => {
    class Derived extends Wrapped {}
    expect([new Wrapped().value, new Derived().value]).to.deep.equal([1, 1])
    expect(new Wrapped()).to.be.instanceOf(Base)
    expect(new Base().constructor).to.equal(Wrapped)
  })

  it("throws the error of zeromq.js when the class is called without `new`", () => {
    const call = Wrapped as unknown as () => void
    expect(() => {
      call()
    }).to.throw(TypeError, "Class constructors cannot be invoked without 'new'")
  })
})
