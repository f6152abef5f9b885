import { uploadOrigins } from './upload-origins.ts';

const ADDRESS = 'http://127.0.0.1:3000';

test('any page may upload where any may call', () => {
  expect(uploadOrigins({ origins: '*', credentials: false }, ADDRESS, ADDRESS)).toContain('*');
});

test("the service's own page may upload too, by whatever name it was opened", () => {
  const cors = { origins: ['https://app.example', 'http://localhost:3000'], credentials: false };
  expect(uploadOrigins(cors, 'https://files.example/base', ADDRESS)).toEqual([
    'https://app.example',
    'http://localhost:3000',
    'https://files.example',
    'http://127.0.0.1:3000',
  ]);
});
