import { expect } from "chai"
import { Socket } from "node:net"
import { AddressRace, HEAD_START, interleaved } from "../../../src/transports/net/address-race.js"
import { codeOf } from "../../support/messages.js"
import { FakeClock } from "../../support/fake-clock.js"

const ADDRESSES = ["2001:db8::1", "192.0.2.1", "192.0.2.2"]

/** Attempts to connect that succeed or fail on demand. */
class Race {
  readonly clock = new FakeClock()
  readonly sockets = new Map<string, Socket>()
  winner: Socket | undefined
  error: Error | undefined
  readonly race: AddressRace

  constructor(addresses: readonly string[] = ADDRESSES, headStart?: number) {
    this.race = new AddressRace(
      addresses,
      (address) => {
        const socket = new Socket()
        this.sockets.set(address, socket)
        return socket
      },
      (socket) => (this.winner = socket),
      (error) => (this.error = error),
      headStart,
      this.clock,
    )
    this.race.start()
  }

  get tried(): string[] {
    return [...this.sockets.keys()]
  }

  fail(address: string, code = "ECONNREFUSED"): void {
    this.sockets.get(address)!.emit("error", Object.assign(new Error(`${code} ${address}`), { code }))
  }
}

describe("interleaved", () => {
  it("alternates between the families, beginning with that of the first address (RFC 8305, section 4)", () => {
    const [a, b, c] = ["192.0.2.1", "192.0.2.2", "192.0.2.3"] as const
    const [x, y] = ["2001:db8::1", "2001:db8::2"] as const
    expect(interleaved([a, b, c, x, y])).to.deep.equal([a, x, b, y, c])
    expect(interleaved([x, a, b, c])).to.deep.equal([x, a, b, c])
    expect(interleaved([a, b])).to.deep.equal([a, b])
    expect(interleaved([])).to.deep.equal([])
  })
})

describe("AddressRace (RFC 8305)", () => {
  it("gives each address a head start over the next one", () => {
    const race = new Race()
    expect(race.tried).to.deep.equal(ADDRESSES.slice(0, 1))
    race.clock.advance(HEAD_START - 1)
    expect(race.tried).to.deep.equal(ADDRESSES.slice(0, 1))
    race.clock.advance(1)
    expect(race.tried).to.deep.equal(ADDRESSES.slice(0, 2))
    race.clock.advance(HEAD_START)
    expect([race.tried, race.clock.waiting]).to.deep.equal([ADDRESSES, 0])
  })

  it("tries the next address immediately when one fails", () => {
    const race = new Race()
    race.fail(ADDRESSES[0]!)
    expect(race.tried).to.deep.equal(ADDRESSES.slice(0, 2))
    race.clock.advance(HEAD_START - 1)
    expect(race.tried).to.have.length(2)
  })

  it("uses the first that accepts, even if an earlier one is still pending, and cancels the others", () => {
    const race = new Race()
    race.clock.advance(HEAD_START)
    const [silent, fast] = [...race.sockets.values()] as [Socket, Socket]
    fast.emit("connect")
    expect(race.winner).to.equal(fast)
    expect([silent.destroyed, fast.destroyed, race.clock.waiting]).to.deep.equal([true, false, 0])
    race.clock.advance(10 * HEAD_START)
    expect(race.tried).to.have.length(2)
  })

  it("fails when all have, with the code of the first, and the reasons of all", () => {
    const race = new Race()
    race.fail(ADDRESSES[0]!, "ENETUNREACH")
    race.fail(ADDRESSES[1]!)
    expect(race.error).to.equal(undefined)
    race.fail(ADDRESSES[2]!)
    const error = race.error as AggregateError
    expect(
      codeOf(() => {
        throw error
      }),
    ).to.equal("ENETUNREACH")
    expect(error.errors.map(({ message }: Error) => message)).to.deep.equal([
      `ENETUNREACH ${ADDRESSES[0]}`,
      `ECONNREFUSED ${ADDRESSES[1]}`,
      `ECONNREFUSED ${ADDRESSES[2]}`,
    ])
  })

  it("fails as the only address does", () => {
    const race = new Race(["192.0.2.1"])
    race.fail("192.0.2.1")
    expect(race.error?.message).to.equal("ECONNREFUSED 192.0.2.1")
  })

  it("ends all attempts when it is canceled", () => {
    const race = new Race()
    race.clock.advance(HEAD_START)
    race.race.cancel()
    expect([...race.sockets.values()].map(({ destroyed }) => destroyed)).to.deep.equal([true, true])
    race.clock.advance(10 * HEAD_START)
    expect([race.tried.length, race.winner, race.error]).to.deep.equal([2, undefined, undefined])
  })

  it("tries the addresses one after another with an infinite head start", () => {
    const race = new Race(ADDRESSES, Infinity)
    race.clock.advance(100 * HEAD_START)
    expect(race.tried).to.have.length(1)
    race.fail(ADDRESSES[0]!)
    expect(race.tried).to.have.length(2)
  })
})
