import { expect } from "chai"
import { context } from "../../src/index.js"
import { Context } from "../../src/v5/context.js"

describe("Context of zeromq.js 5", () => {
  const { ioThreads, maxSockets } = context

  afterEach(() => {
    Object.assign(context, { ioThreads, maxSockets })
  })

  it("sets the options of the default context", () => {
    Context.setMaxSockets(77)
    Context.setMaxThreads(3)
    expect([context.maxSockets, context.ioThreads]).to.deep.equal([77, 3])
    expect([Context.getMaxSockets(), Context.getMaxThreads()]).to.deep.equal([77, 3])
  })

  it("cannot be created", () => {
    expect(() => new Context()).to.throw("Context cannot be instantiated in compatibility mode")
  })
})
