import { expect } from "chai"
import { LocalPipe } from "../../../src/core/pipe/local-pipe.js"
import type { Pipe } from "../../../src/core/pipe/pipe.js"
import { LoadBalancer } from "../../../src/patterns/strategies/load-balancer.js"
import { message } from "../../support/messages.js"
import { Recorder } from "../../support/recorder.js"

const create = (count: number): { balancer: LoadBalancer; pipes: Pipe[] } => {
  const balancer = new LoadBalancer()
  const pipes = Array.from({ length: count }, () => LocalPipe.pair(new Recorder(), { sendMark: 10 }, new Recorder())[0])
  for (const pipe of pipes) balancer.add(pipe)
  return { balancer, pipes }
}

describe("LoadBalancer", () => {
  it("returns the pipe that was used, or that there is none", () => {
    const { balancer, pipes } = create(2)
    const used = [1, 2, 3].map(() => balancer.send(message("x")))
    expect(used.map((pipe) => pipes.indexOf(pipe!))).to.deep.equal([0, 1, 0])
    expect(new LoadBalancer().send(message("x"))).to.equal(undefined)
  })

  it("keeps the turn when a pipe before it, or an unknown pipe, is removed", () => {
    const { balancer, pipes } = create(3)
    balancer.send(message("x"))
    balancer.send(message("x"))
    balancer.remove(pipes[0]!)
    balancer.remove(pipes[0]!)
    expect(balancer.send(message("x"))).to.equal(pipes[2])
    expect(balancer.send(message("x"))).to.equal(pipes[1])
  })

  it("gives a pipe that is added twice one turn", () => {
    const { balancer, pipes } = create(2)
    balancer.add(pipes[0]!)
    const used = [1, 2, 3, 4].map(() => balancer.send(message("x")))
    expect(used.map((pipe) => pipes.indexOf(pipe!))).to.deep.equal([0, 1, 0, 1])
  })

  it("skips a suspended pipe, even when it has room again, until it is resumed", () => {
    const { balancer, pipes } = create(2)
    balancer.suspend(pipes[0]!)
    balancer.add(pipes[0]!)
    expect([1, 2].map(() => pipes.indexOf(balancer.send(message("x"))!))).to.deep.equal([1, 1])
    expect(balancer.resume(pipes[1]!)).to.equal(false)
    expect(balancer.resume(pipes[0]!)).to.equal(true)
    expect([1, 2].map(() => pipes.indexOf(balancer.send(message("x"))!)).sort()).to.deep.equal([0, 1])
  })

  it("resets the suspension when the pipe is removed", () => {
    const { balancer, pipes } = create(1)
    balancer.suspend(pipes[0]!)
    expect(balancer.requestRoom()).to.equal(false)
    balancer.remove(pipes[0]!)
    balancer.add(pipes[0]!)
    expect(balancer.requestRoom()).to.equal(true)
  })
})
