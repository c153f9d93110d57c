# only this

