import type { Search } from "./search.ts";

/** The questions that a search answers. */
export type Ask = Exclude<keyof Search, "close">;

/** What one of them is given … */
export type Given<Name extends Ask> = Parameters<Search[Name]>;
/** … and what it gives. */
export type Answered<Name extends Ask> = ReturnType<Search[Name]>;

/** A question as it goes to another thread. */
export interface Question<Name extends Ask = Ask> {
  readonly ask: Name;
  readonly of: Given<Name>;
}

type Answers = {
  readonly [Name in Ask]: (search: Search, of: Given<Name>) => Answered<Name>;
};

/** Every question by its name: between threads they are plain values, here they have types again. */
const ANSWERS: Answers = {
  find: (search, of) => search.find(...of),
  histogram: (search, of) => search.histogram(...of),
  facets: (search, of) => search.facets(...of),
  summary: (search, of) => search.summary(...of),
  streams: (search, of) => search.streams(...of),
  holes: (search, of) => search.holes(...of),
  fields: (search, of) => search.fields(...of),
  tallies: (search, of) => search.tallies(...of),
  heads: (search, of) => search.heads(...of),
  growth: (search, of) => search.growth(...of),
  head: (search, of) => search.head(...of),
  recordings: (search, of) => search.recordings(...of),
  indexOf: (search, of) => search.indexOf(...of),
};

/** Puts a question to a search. Throws what the search throws. */
export function answerTo<Name extends Ask>(
  search: Search,
  { ask, of }: Question<Name>,
): Answered<Name> {
  return ANSWERS[ask](search, of);
}
