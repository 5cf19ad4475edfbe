import { expect } from "chai"
import { GENERATED_SIZE, isReserved, routingIdRejection } from "../../src/zmtp/routing-id.js"

const id = (...bytes: number[]): Buffer => Buffer.from(bytes)
const never = (): boolean => {
  throw new Error("Need not know whether the id is taken")
}

describe("routing ids that peers choose", () => {
  it("are reserved if they look like those that libzmq generates: zero and four more bytes", () => {
    expect(GENERATED_SIZE).to.equal(5)
    expect(isReserved(id(0, 1, 2, 3, 4))).to.equal(true)
    expect(isReserved(id(0, 0, 0, 0, 0))).to.equal(true)
  })

  it("are not reserved with another length or another first byte, which libzmq accepts", () => {
    for (const other of [id(), id(0), id(0, 1, 2, 3), id(0, 1, 2, 3, 4, 5), id(1, 0, 0, 0, 0), id(0x30, 1, 2, 3, 4)]) {
      expect(isReserved(other), other.toString("hex")).to.equal(false)
    }
  })

  it("are rejected without asking whether they are taken, if they are reserved", () => {
    expect(routingIdRejection(id(0, 1, 2, 3, 4), never)).to.include({
      code: "ERR_ZMTP_INVALID_METADATA",
      message: "Invalid routing id: ids of 5 bytes that begin with zero are reserved for generated ids",
    })
  })

  it("are rejected if they are taken, with a message that names them", () => {
    expect(routingIdRejection(id(0x61), () => true)?.message).to.equal('Routing id "a" is in use by another peer')
    expect(routingIdRejection(id(0x61, 0x0a), () => true)).to.include({
      code: "ERR_ZMTP_INVALID_METADATA",
      message: String.raw`Routing id "a\n" is in use by another peer`,
    })
  })

  it("are accepted if they are free", () => {
    expect(routingIdRejection(id(0x61), () => false)).to.equal(undefined)
  })

  it("are accepted if they are empty, because the ROUTER generates one", () => {
    expect(routingIdRejection(id(), never)).to.equal(undefined)
  })
})
