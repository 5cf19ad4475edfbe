import { expect } from "chai"
import fc from "fast-check"
import { LinkedList, type Linked } from "../../src/core/linked-list.js"

interface Item extends Linked<Item> {
  readonly number: number
}

function item(number: number): Item {
  return { number, list: undefined, previous: undefined, next: undefined }
}

type Step = "push" | "unshift" | "shift" | { readonly remove: number }

describe("LinkedList", () => {
  it("contains the same items as an array", () => {
    const step = fc.oneof<fc.Arbitrary<Step>[]>(
      fc.constantFrom<Step>("push", "unshift", "shift"),
      fc.nat(20).map((remove) => ({ remove })),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const list = new LinkedList<Item>()
        const model: Item[] = []
        steps.forEach((step, number) => {
          if (step === "shift") expect(list.shift()).to.equal(model.shift())
          else if (typeof step === "object") {
            if (model.length === 0) return
            const [target] = model.splice(step.remove % model.length, 1)
            expect([list.remove(target!), list.remove(target!)]).to.deep.equal([true, false])
          } else {
            const added = item(number)
            list[step](added)
            model[step](added)
          }
          expect([list.length, list.first?.number]).to.deep.equal([model.length, model[0]?.number])
          expect([...list].map(({ number }) => number)).to.deep.equal(model.map(({ number }) => number))
        })
      }),
    )
  })

  it("does not remove an item of another list", () => {
    const [one, other] = [new LinkedList<Item>(), new LinkedList<Item>()]
    const only = item(1)
    one.push(only)
    expect(other.remove(only)).to.equal(false)
    expect(one.remove(only)).to.equal(true)
    other.push(only)
    expect([one.length, other.length]).to.deep.equal([0, 1])
  })
})
