/** The most common of the passwords that are long enough: from published lists, in lower case. */
export const COMMON_PASSWORDS = new Set(
  `00000000 000000000 0000000000 01234567 0123456789 0987654321 11111111 111111111 1111111111 11223344 1122334455
  12121212 123123123 12341234 1234512345 12344321 12345678 123456789 1234567890 12345678910 1234567891 123456780
  1234qwer 123abc123 123qweasd 147258369 147852369 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 1qazxsw2
  20202020 22222222 33333333 44444444 55555555 66666666 77777777 87654321 88888888 987654321 9876543210 99999999
  aaaaaaaa abc12345 abcd1234 abcdefgh abcdefg1 access14 admin123 admin1234 administrator alexander asdfasdf asdfghjk
  asdfghjkl asdf1234 babygirl baseball basketball benjamin blink182 butterfly caroline changeme charlie1 chelsea1
  chocolate christian computer computer1 corvette danielle december dragon123 elephant facebook fernando firebird
  football football1 franklin freedom1 garfield guinness hello123 hellohello iloveyou iloveyou1 iloveyou2 internet
  jennifer jessica1 jordan23 joshua123 justinbieber letmein1 letmein123 liverpool liverpool1 login123 loveyou1
  lovelove marlboro master123 maverick mercedes metallica michael1 michelle midnight minecraft monkey123 mustang1
  myspace1 nicholas november p@ssw0rd p@ssword pa55word pakistan pass1234 passpass passw0rd password password1
  password12 password123 password1234 password! password1! passwort passwort1 patricia pokemon1 president princess
  princess1 q1w2e3r4 q1w2e3r4t5 qazwsxedc qwer1234 qwerasdf qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234
  qwerty12345 rush2112 samantha samsung1 scorpion secret123 security september slipknot snowball sunshine
  sunshine1 superman superman1 superstar swordfish test1234 testtest thunder1 trustno1 victoria welcome1
  welcome123 whatever william1 wonderland zaq12wsx zaq1zaq1 zxcvbnm1 zxcvbnm123 zxcvbnm,./`.split(/\s+/),
);
