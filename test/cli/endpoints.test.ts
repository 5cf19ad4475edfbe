import { expect } from "chai"
import { Dealer, Pull, Push, type Socket } from "../../src/index.js"
import { UsageError } from "../../src/cli/command.js"
import { configure, ENDPOINTS, reach } from "../../src/cli/endpoints.js"
import { SECURITY } from "../../src/cli/security.js"
import { closing } from "../support/closing.js"
import { caught, texts, thrown } from "../support/receiving.js"
import { givenFor } from "../support/given.js"

const given = (...args: string[]) => givenFor([ENDPOINTS, SECURITY], args)

describe("the endpoints of the command line", () => {
  const use = closing()

  it("are bound and connected", async () => {
    const [one, two, push] = [use(new Pull()), use(new Pull()), use(new Push())]
    await one.bind("tcp://127.0.0.1:*")
    await reach(push, given("--connect", one.lastEndpoint!, "--bind", "inproc://cli-endpoints"))
    await reach(two, given("-c", "inproc://cli-endpoints"))
    for (const text of ["a", "b"]) await push.send(text)
    expect([await texts(one, 1), await texts(two, 1)]).to.deep.equal([["a"], ["b"]])
  })

  it("are required", async () => {
    const error = await caught(reach(use(new Push()), given()))
    expect(error).to.be.instanceOf(UsageError)
    expect(error.message).to.equal("Missing endpoint: --bind URL or --connect URL")
  })

  for (const [args, reason] of [
    [["--connect", "localhost:5555"], 'Invalid endpoint "localhost:5555"'],
    [["--bind", "tcp://127.0.0.1:99999"], 'Invalid endpoint "tcp://127.0.0.1:99999"'],
    [["--connect", "carrier://pigeon"], 'Invalid endpoint "carrier://pigeon"'],
    [["--connect", "udp://127.0.0.1:1"], "udp://127.0.0.1:1 cannot be used with this command: udp:// is for radio"],
  ] as const) {
    it(`cause a usage error if they are invalid: ${args.join(" ")}`, async () => {
      const error = await caught(reach(use(new Push()), given(...args)))
      expect(error).to.be.instanceOf(UsageError)
      expect(error.message).to.include(reason)
    })
  }

  it("cause an error with the endpoint if they cannot be used", async () => {
    const first = use(new Pull())
    await first.bind("tcp://127.0.0.1:*")
    const error = await caught(reach(use(new Pull()), given("--bind", first.lastEndpoint!)))
    expect(error).not.to.be.instanceOf(UsageError)
    expect(error.message).to.equal(`${first.lastEndpoint!}: Address already in use`)
  })

  describe("--set", () => {
    it("sets options by name: numbers, booleans, null, and text", () => {
      const dealer = use(new Dealer())
      const values = ["routingId=me", "sendHighWaterMark=7", "ipv6=true", "immediate=false", "plainUsername=null"]
      configure(dealer, given(...values.flatMap((value) => ["--set", value]), "--linger", "5"))
      const { routingId, sendHighWaterMark, ipv6, immediate, plainUsername, linger } = dealer
      expect([routingId, sendHighWaterMark, ipv6, immediate, plainUsername, linger]).to.deep.equal([
        "me",
        7,
        true,
        false,
        null,
        5,
      ])
    })

    for (const setting of ["nothing=1", "send=1", "toString=1", "=1", "linger"]) {
      it(`rejects what is not an option: ${setting}`, () => {
        const socket: Socket = use(new Push())
        expect(
          thrown(() => {
            configure(socket, given("--set", setting))
          }).message,
        ).to.equal(`Invalid --set ${setting}: expected NAME=VALUE with the name of a socket option, such as linger=0`)
      })
    }

    it("rejects invalid values, with the reason", () => {
      const error = thrown(() => {
        configure(use(new Push()), given("--set", "linger=soon"))
      })
      expect(error).to.be.instanceOf(UsageError)
      expect(error.message).to.match(/^--set linger=soon: ./)
    })
  })
})
