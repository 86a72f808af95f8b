package scenarios

import "reflect"

// Expand returns a scenario and its variants, each as a row of its own: variants are named area/name@variant. No two
// rows share a slice, a map or a pointer, with each other or with the table.
func Expand(s Scenario) []Scenario {
	variants := s.Variants
	s.Variants = nil
	rows := []Scenario{clone(s)}
	for _, v := range variants {
		row := clone(s)
		row.ID += "@" + v.Name
		v.With(&row)
		rows = append(rows, clone(row)) // what the variant put in may belong to several rows
	}
	return rows
}

// clone copies plain data all the way down. Nil stays nil and empty stays empty, because a row can mean either.
func clone(s Scenario) Scenario {
	detach(reflect.ValueOf(&s).Elem())
	return s
}

// detach puts copies in the place of whatever slices, maps and pointers lead to.
func detach(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			detach(v.Field(i))
		}
	case reflect.Slice:
		if !v.IsNil() {
			own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
			reflect.Copy(own, v)
			for i := range own.Len() {
				detach(own.Index(i))
			}
			v.Set(own)
		}
	case reflect.Map:
		if !v.IsNil() {
			own := reflect.MakeMapWithSize(v.Type(), v.Len())
			for key, value := range v.Seq2() {
				of := reflect.New(v.Type().Elem()).Elem()
				of.Set(value)
				detach(of)
				own.SetMapIndex(key, of)
			}
			v.Set(own)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			own := reflect.New(v.Type().Elem())
			own.Elem().Set(v.Elem())
			detach(own.Elem())
			v.Set(own)
		}
	}
}
