import { bucketCorsRules } from './bucket-cors.ts';

test.each([
  [
    ['https://a.example', 'https://b.example'],
    ['https://a.example', 'https://b.example'],
  ],
  [['*', 'https://b.example'], ['*']],
])('of the origins %j, pages of %j may upload', (origins, uploading) => {
  const rules = bucketCorsRules(origins);
  expect(rules.filter(({ allowedMethods }) => allowedMethods.includes('PUT'))).toMatchObject([
    { allowedOrigins: uploading },
  ]);
});
