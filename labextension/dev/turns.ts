/** Turns made up to be hard to draw. */

type Json = Readonly<Record<string, unknown>>;

const START: readonly Json[] = [
  { type: 'turn_started', prompt: 'Which species is heaviest?', provider: 'moonshot', model: 'kimi-k2-thinking' },
  {
    type: 'sent',
    parts: [
      ['table', 'df', 812],
      ['cell', 'In [3]', 96]
    ],
    text: 'df: pandas DataFrame, 344 rows x 8 columns\n  species  str  3 values',
    hidden: 2,
    left_out: ['notes', 'raw']
  },
  step(1)
];

const CODE = `import pandas as pd

# the mean body mass of each species, without the rows that lack it
by_species = (
    df.dropna(subset=["body_mass_g"])
    .groupby("species", observed=True)["body_mass_g"]
    .agg(["mean", "std", "count"])
    .round(1)
)
for name, row in by_species.iterrows():
    print(f"{name:>10}: {row['mean']:.1f} ± {row['std']}", True, None)
by_species.to_csv("by_species.csv")
`;

const ANSWER = `## Gentoo penguins are the heaviest

The mean body mass is **5,076 g**, against \`3,701 g\` for Adélie; see [the data](https://allisonhorst.github.io/palmerpenguins/).

| species | mean, g | n | share |
|---|--:|--:|--:|
| Adélie | 3,700.7 | 151 | 44 % |
| Chinstrap | 3,733.1 | 68 | 20 % |
| Gentoo | 5,076.0 | 123 | 36 % |

1. Two rows had no mass and were left out.
2. The difference is $\\Delta = \\bar{x}_G - \\bar{x}_A \\approx 1375$ g:

$$
t = \\frac{\\bar{x}_G - \\bar{x}_A}{\\sqrt{s_G^2/n_G + s_A^2/n_A}}
$$

\`\`\`python
# to check it yourself
df.groupby("species")["body_mass_g"].mean()
\`\`\`

> Sex explains part of it: males are heavier.
`;

function step(number: number): Json {
  return { type: 'step_started', step: number };
}

function proposed(call: string, code: string, more: Json = {}): Json {
  const effects = { reads: ['df'], changes: ['by_species'], 'writes files': ['by_species.csv'] };
  return { type: 'call_proposed', call, name: 'run_python', code, purpose: 'mean mass by species', effects, gated: true, ...more };
}

function usage(prompt: number, completion: number): Json {
  return { type: 'usage_reported', usage: { prompt, completion, cached: 1024, cost: 0.0123 }, context: 262144 };
}

function done(call: string, more: Json = {}): Json[] {
  return [
    { type: 'decided', call, verdict: 'run', by: 'user' },
    { type: 'call_started', call },
    { type: 'call_finished', call, status: 'ok', text: 'Gentoo: 5076.0', seconds: 0.3, ...more }
  ];
}

const THOUGHT = { type: 'reasoning_delta', text: 'The user wants the heaviest species. Mass has two missing values; leave them out. ' };

export const TURNS: Readonly<Record<string, () => readonly Json[]>> = {
  approval: () => [...START, THOUGHT, { type: 'text_delta', text: 'I compare the means first.' }, usage(4096, 380), proposed('a', CODE), proposed('b', 'df.head()')],
  answer: () => [
    ...START,
    THOUGHT,
    usage(40960, 380),
    proposed('a', CODE),
    ...done('a'),
    step(2),
    { type: 'text_delta', text: ANSWER },
    usage(42000, 512),
    { type: 'turn_ended', reason: 'complete' }
  ],
  long: () => [
    ...START,
    usage(4096, 380),
    proposed('a', `${CODE}# \u202e\u200b hidden\n${'\n'.repeat(390)}x = "${'far '.repeat(80)}"\n${CODE.repeat(8)}`)
  ],
  thinking: () => [...START, ...Array.from({ length: 400 }, () => THOUGHT)],
  drafting: () => [
    ...START,
    THOUGHT,
    { type: 'call_drafted', index: 0, name: 'run_python', arguments: JSON.stringify({ code: CODE }).slice(0, -30) }
  ],
  errors: () => [
    ...START,
    proposed('a', 'df["Body Mass"]'),
    ...done('a', { status: 'error', text: "Traceback (most recent call last):\n  …\nKeyError: 'Body Mass'" }),
    proposed('b', 'import os; os.remove("x")', { effects: { 'deletes files': ['x'], shell: [], network: [] } }),
    { type: 'decided', call: 'b', verdict: 'deny', by: 'user', reason: 'I still need that file' },
    { type: 'call_finished', call: 'b', status: 'denied', text: '', seconds: 0 },
    { type: 'notice', level: 'warning', text: 'The provider answered 429; trying again.' },
    usage(200000, 2048),
    { type: 'turn_ended', reason: 'failed', message: 'The provider refused the key (401). Set MOONSHOT_API_KEY and try again.' }
  ],
  steps: () => [
    ...START.slice(0, 2),
    ...Array.from({ length: 300 }, (_, place) => [
      step(place + 1),
      THOUGHT,
      proposed(`c${place}`, `${CODE}# ${place}\n`),
      ...done(`c${place}`)
    ]).flat(),
    usage(120000, 20000)
  ]
};
