import { expect } from "chai"
import { SchemaError, validate, type StandardSchema } from "../../src/sockets/standard-schema.js"

function schema(judge: (value: unknown) => object): StandardSchema {
  return { "~standard": { version: 1, vendor: "test", validate: judge as never } }
}

describe("validate", () => {
  it("returns the value that the schema returns", () => {
    expect(
      validate(
        schema((value) => ({ value: Number(value) })),
        "5",
      ),
    ).to.equal(5)
  })

  it("throws the issues that the schema reports, with their paths", () => {
    const issues = [
      { message: "expected a number", path: ["orders", { key: 0 }, "price"] },
      { message: "too many", path: [] },
    ]
    expect(() =>
      validate(
        schema(() => ({ issues })),
        {},
      ),
    )
      .to.throw(SchemaError, "orders.0.price: expected a number; too many")
      .with.property("issues", issues)
  })

  it("rejects a schema that validates asynchronously", () => {
    expect(() =>
      validate(
        schema(() => Promise.resolve({ value: 1 })),
        1,
      ),
    ).to.throw(TypeError)
  })
})
