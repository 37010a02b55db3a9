-- Run once by the image, when the database is made: the server's role owns its database and nothing
-- else, and the superuser can be used from inside the container only.
\getenv password POSTGRES_PASSWORD
create role latchkey login password :'password';
create database latchkey owner latchkey;
alter role current_user password null;
