from alpine as Base
run true
From BASE
CmD ["a"]
