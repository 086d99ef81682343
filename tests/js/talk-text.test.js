// Links in what people wrote.
import assert from "node:assert/strict";
import { test } from "node:test";
import { linkify } from "../../static/counseling/talk/text.js";

const links = (text) => linkify(text).filter((part) => part.href).map((part) => part.text);

test("addresses become links, and nothing of the text is lost", () => {
  const text = "See https://a.example/b?c=d#e, and http://x.example.";
  assert.deepEqual(links(text), ["https://a.example/b?c=d#e", "http://x.example"]);
  assert.equal(linkify(text).map((part) => part.text).join(""), text);
});

test("what ends the sentence is no part of an address", () => {
  assert.deepEqual(links("(https://a.example/x) https://a.example/y. https://a.example/z?!"), [
    "https://a.example/x",
    "https://a.example/y",
    "https://a.example/z",
  ]);
  assert.deepEqual(links("https://a.example/서울(1) https://b.example/w_(x)"), ["https://a.example/", "https://b.example/w_(x)"]);
});

test("a Korean particle behind an address is no part of it", () => {
  assert.deepEqual(links("https://a.example/c에서 봤어요"), ["https://a.example/c"]);
});

test("only the web is linked, and no address that pretends to be another", () => {
  for (const text of ["javascript:alert(1)", "data:text/html,x", "www.a.example", "https://bank.example@evil.example/", "http://"]) {
    assert.deepEqual(links(text), [], text);
  }
});

test("markup stays text", () => {
  const parts = linkify('<img src=x onerror="alert(1)"> https://a.example/"><script>');
  assert.deepEqual(parts.map((part) => part.text).join(""), '<img src=x onerror="alert(1)"> https://a.example/"><script>');
  assert.deepEqual(links('https://a.example/"><script>'), ["https://a.example/"]);
});
